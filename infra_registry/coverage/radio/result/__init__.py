"""Reading back what a mobile coverage run wrote: lists, pages, tiles and class grids."""
