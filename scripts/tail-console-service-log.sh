#!/bin/sh
exec "$(dirname "$0")/tail-service-log.sh" console "$@"
