"""The parts of a filter to what they are in a dataframe engine: the rooms behind `engines.dataframe`."""
