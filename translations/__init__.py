"""Tools of those who translate fttui."""
