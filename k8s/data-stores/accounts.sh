#!/bin/bash
# Gives each service of SERVICES a database and an account that may enter no other, and operators an account that may
# read every database of Naru and write rows in it. May run again and again: passwords follow the Secrets.
set -euo pipefail

# Statements come in on standard input; the password goes by a file, for what is in arguments anybody can see.
as_root() { # HOST ROOT-PASSWORD
  printf '[client]\nuser=root\npassword="%s"\n' "$2" > /tmp/client.cnf
  mysql --defaults-extra-file=/tmp/client.cnf --host="$1" --protocol=TCP --connect-timeout=5
}

quoted() { # a text as a literal of SQL
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\'\'}"
}

account() { # NAME PASSWORD
  local user="'$1'@'%'"
  echo "CREATE USER IF NOT EXISTS $user IDENTIFIED BY $(quoted "$2");"
  echo "ALTER USER $user IDENTIFIED BY $(quoted "$2");"
}

await_server() { # HOST ROOT-PASSWORD
  for _ in $(seq 150); do
    if echo 'SELECT 1;' | as_root "$1" "$2" > /dev/null 2> /tmp/error; then return; fi
    sleep 2
  done
  cat /tmp/error >&2
  echo "$1 does not answer" >&2
  exit 1
}

for service in $SERVICES; do
  server=${SERVER_PATTERN//\{service\}/$service}
  root_password=$(< "/secrets/$server-root/password")
  name=naru_${service//-/_}
  await_server "$server" "$root_password"
  {
    echo "CREATE DATABASE IF NOT EXISTS \`$name\`;"
    account "$name" "$(< "/secrets/$service-database/password")"
    # In a GRANT an underscore is a wildcard unless escaped.
    echo "GRANT ALL PRIVILEGES ON \`${name//_/\\_}\`.* TO '$name'@'%';"
    account naru_operator "$(< /secrets/naru-operator-database/password)"
    echo "GRANT SELECT, INSERT, UPDATE, DELETE ON \`naru\\_%\`.* TO 'naru_operator'@'%';"
  } | as_root "$server" "$root_password"
  echo "$server: $name is ready"
done
