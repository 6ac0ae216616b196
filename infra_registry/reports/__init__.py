"""Results of the register as sentences, tables, PDF, offline maps, CSV and GeoPackage."""
