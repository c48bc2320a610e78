# was turn: hold this host for a run. `was` is the line of a run that has ended, or is taken over;
# `turn` is the line of the run that held the host last, when it was looked at, or `-`.
first_line "$held"
if [ -z "$REPLY" ] || [ "$REPLY" != "$holder" ]; then
  [ -z "$REPLY" ] || [ "$REPLY" = "$1" ] || refuse "$held"
  first_line "$lock"
  [ "$2" = - ] || [ "$2" = "$REPLY" ] || die 76 "another run has changed this host since it was looked at"
  rm -f "$held"
  claim
fi
