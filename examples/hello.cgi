#!/bin/sh
# For a cgi-bin folder: answers with hello.py beside it. Copy both, and say where WSGI Bridge is.
exec "${WSGI_BRIDGE:-$(dirname "$0")/../run}" cgi "$(dirname "$0")/hello.py"
