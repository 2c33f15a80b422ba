"""Deliveries: a released episode as a website, a television station, an archive or a listener needs
it, made of the master alone and proved before it is handed out."""
