# observe: run peers.bash, which stands in $body, for a bounded time; see there.
for tool in bash ss timeout; do
  command -v "$tool" >/dev/null 2>&1 || { echo "missing $tool"; exit 0; }
done
exec timeout -k 1 "$(($2 + 5))" bash -c "$body" bash "$@"
