"""What is predicted, claimed, measured, challenged, conceded and verified, on one grid."""
