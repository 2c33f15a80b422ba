"""The desk in the browser: proofread, verify, review and sign.

FastAPI and Jinja2, with small ES modules and no bundler. `app.py` puts it together; each page has a
module in `routes/`, a template and, where it needs one, a script of the same name. Every route says
who may come by an `Access` (access.py), and a test walks all of them.
"""
