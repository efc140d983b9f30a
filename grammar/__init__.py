"""The grammar of the OData 4.01 `$filter` expression language, one rule per precedence level."""
