#!/usr/bin/env wsgi-bridge
def application(start_response, environ):
  # Simple WSGI example
  query_string = environ['QUERY_STRING']
  postdata = environ['wsgi.input'].read(int(environ['CONTENT_LENGTH']))

  # Continuation of the previous example
  start_response('200 OK', [('Content-Type', 'text/html; charset=utf-8')])
  return ['Your query string is:\n<pre>', repr(query_string), '</pre>\n']

# Other available modules in flup.server are 
# ajp, ajp_fork, fcgi, fcgi_fork, scgi, scgi_fork
# The *_fork version are prefork version of the WSGIServer,
# the others are multithreaded. If you don't know the
# difference between them, always choose the prefork.
from flup.server.cgi import WSGIServer
wsgi = WSGIServer(application)
