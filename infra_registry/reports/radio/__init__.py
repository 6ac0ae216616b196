"""Reports of a mobile coverage run: its sentences and tables, and the files made of them."""
