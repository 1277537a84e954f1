
Medians over 10 seed10