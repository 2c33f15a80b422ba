"""The weekly report for leaders: what was finished, what is late and with whom, what is next."""
