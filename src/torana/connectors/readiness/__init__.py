"""What can be found out about a broker before the first investor comes (`torana broker check`)."""
