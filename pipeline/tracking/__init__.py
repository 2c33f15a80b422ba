"""Production tracking: pending actions, history, metrics, reminders, the weekly report."""
