#!/bin/sh
# Written by "wsgi-bridge front", and written anew by it: starts the application for its front server.
cd @folder@ || exit 1
export JAVA_HOME=@java-home@
exec @command@
