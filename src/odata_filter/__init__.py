"""OData filters."""
