#!/bin/sh
# The authority, a client's and each member's certificate, made on the operator's machine.
# usage: certificates.sh FOLDER NAME=ADDRESS…
set -eu
folder=$1
shift
mkdir -p "$folder"
cd "$folder"
umask 077
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=CA \
  -keyout ca.key -out ca.crt 2>/dev/null
for member in client= "$@"; do
  name=${member%%=*} address=${member#*=}
  {
    echo "extendedKeyUsage=serverAuth,clientAuth"
    [ -z "$address" ] || echo "subjectAltName=DNS:$name,IP:$address"
  } >"$name.ext"
  openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$name" \
    -keyout "$name.key" -out "$name.csr" 2>/dev/null
  openssl x509 -req -days 1825 -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial \
    -extfile "$name.ext" -out "$name.crt" 2>/dev/null
done
