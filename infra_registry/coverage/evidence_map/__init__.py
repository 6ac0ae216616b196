"""Evidence over a run of mobile coverage: predicted, claimed and measured on one map."""
