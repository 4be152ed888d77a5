"""Is a reading to be believed? What shipped files say when what they should look at is gone, and where they look."""
