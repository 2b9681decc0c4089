#!/bin/sh
# Follows the log of one service: tail-service-log.sh <service> [flags of tail]
service=${1:?usage: $0 <service>}
shift
logs=${NARU_LOGS_DIRECTORY:-$(cd "$(dirname "$0")/.." && pwd)/logs}
log=$logs/$service-service/application.log
[ -f "$log" ] || echo "$log is not there yet; waiting for the $service service to start (npm start)" >&2
exec tail "$@" -F "$log" 2>/dev/null
