"""Routes about people: accounts, deputies, links, the interviewee."""
