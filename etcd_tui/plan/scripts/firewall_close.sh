# kind; take back what firewall_open and firewall_disable did to this firewall, and nothing else
kind=$1
kept_files=$state/firewall/$kind

# path; put the kept file back there, with its owner, mode and times
put_back() { beside "$1"; cp -p "$kept_files$1" "$temp"; in_place "$1"; }
# path command; the command prints a file, whose path it is given, as it is without our rules.
# If it prints the same for the file and the kept one, only we changed it since.
unchanged() {
  [ -f "$kept_files$1" ] && [ -f "$1" ] && [ "$($2 "$1")" = "$($2 "$kept_files$1")" ]
}
# path command; the same, or else take our rules out of what somebody else has changed since
restore() {
  [ -f "$1" ] || return 0
  if unchanged "$1" "$2"; then put_back "$1"; return 0; fi
  beside "$1"
  $2 "$1" >"$temp"
  in_place "$1"
}
was_off() { recorded firewall-off "$kind"; }
switch_on() {
  sed -n "s/^firewall-unit $kind //p" "$state/manifest" | while read -r unit; do
    systemctl --quiet enable "$unit"
    systemctl is-active --quiet "$unit" || systemctl start "$unit"
  done
}

# where zone: our rules that stand there
ours_in() {
  if [ "$fw_kind" = firewalld ]; then fw_zone_rules "$1" "$2"
  elif [ "$1" = permanent ]; then
    firewall-offline-cmd "--zone=$2" --list-rich-rules | sed 's/"/\\"/g' | fw_from_rich "" | sed 's/^ //'
  fi | sed "s|^|firewall-rule firewalld $1 $2 |" | grep -xF -f "$state/manifest" | cut -d' ' -f5-
}
# path: a zone's file without white space and our rules, which are in no fixed order
plain_zone() {
  rules=$(sed -n "s/^firewall-rule firewalld permanent $zone //p" "$state/manifest") awk '
    { text = text $0 }
    END {
      gsub(/[ \t]+/, "", text)
      gsub(/<[?!][^>]*>/, "", text)
      n = split(ENVIRON["rules"], rule, "\n")
      for (i = 1; i <= n; i++) {
        split(rule[i], word, " ")
        head = "<rulefamily=\"ipv" (index(word[1], ":") ? 6 : 4) "\"><sourceaddress=\"" word[1] "\"/>"
        port = "port=\"" word[2] "\""; tcp = "protocol=\"tcp\""; tail = "/><accept/></rule>"
        cut(head "<port" port tcp tail)
        cut(head "<port" tcp port tail)
      }
      print text
    }
    function cut(part,   at) {
      if (at = index(text, part)) text = substr(text, 1, at - 1) substr(text, at + length(part))
    }' "$1"
}
close_firewalld() {
  zones=$(sed -nE 's/^firewall-rule firewalld (runtime|permanent) ([^ ]*) .*/\2/p' "$state/manifest" | sort -u)
  for zone in $zones; do
    for where in permanent runtime; do
      set --
      while read -r source port; do
        case $source in '') continue ;; *:*) family=ipv6 ;; *) family=ipv4 ;; esac
        set -- "$@" "--remove-rich-rule=rule family=\"$family\" source address=\"$source\" port port=\"$port\" protocol=\"tcp\" accept"
      done <<EOF
$(ours_in "$where" "$zone")
EOF
      [ $# -gt 0 ] || continue
      [ "$where" = runtime ] || [ "$fw_kind" != firewalld ] || set -- --permanent "$@"
      command=firewall-cmd
      [ "$fw_kind" = firewalld ] || command=firewall-offline-cmd
      "$command" "--zone=$zone" "$@" >/dev/null || die 70 "$command could not change the zone $zone"
    done
    zone_back "/etc/firewalld/zones/$zone.xml"
  done
  if was_off; then
    switch_on
    systemctl start firewalld.service
    # It counts as started before it filters.
    for _ in 1 2 3 4 5 6 7 8 9; do
      if firewall-cmd --state >/dev/null 2>&1; then return 0; fi
      sleep 1
    done
    die 70 "firewalld does not start again"
  fi
}
zone_back() {
  if [ -e "$kept_files$1.absent" ]; then
    [ -f "$1" ] || return 0
    [ "$(plain_zone "$1")" = "$(plain_zone "/usr/lib/firewalld/zones/$zone.xml")" ] || return 0
    rm -f "$1"
  elif unchanged "$1" plain_zone; then put_back "$1"
  else return 0; fi
  # firewalld puts the file from before its last change there.
  if [ -e "$kept_files$1.old" ]; then put_back "$1.old"; else rm -f "$1.old"; fi
}

# ufw writes everything but its rules (`tuple`) anew from its other settings.
plain_ufw() { grep -e '^### tuple' "$1" | grep -v -e ' comment=657463642d747569$' || :; }
close_ufw() {
  { fw_ufw_rules user.rules own; fw_ufw_rules user6.rules own; } | while read -r source port; do
    ufw delete allow proto tcp from "$source" to any port "$port" >/dev/null
  done
  if was_off; then ufw --force enable >/dev/null; fi
  # The rest of these two files follows from that one.
  if unchanged /etc/ufw/ufw.conf cat; then
    for f in user.rules user6.rules; do
      if unchanged "/etc/ufw/$f" plain_ufw; then put_back "/etc/ufw/$f"; fi
    done
  fi
}

plain_nft() { fw_without_block <"$1"; }
# comment: delete every rule of nftables that bears it
delete_marked() {
  nft -a list ruleset 2>/dev/null | awk -v mark="comment \"$1\" # handle " '
    $1 == "table" { table = $2 " " $3 }
    $1 == "chain" { chain = $2 }
    at = index($0, mark) { print "delete rule", table, chain, "handle", substr($0, at + length(mark)) }' |
    nft -f -
}
close_nftables() {
  delete_marked etcd-tui
  if [ -d "$kept_files" ]; then
    find "$kept_files" -type f | while read -r f; do restore "${f#"$kept_files"}" plain_nft; done
  fi
  if was_off; then delete_marked etcd-tui-off; switch_on; fi
}

plain_iptables() { grep -Ev -e "$fw_marked" "$1" || :; }
close_iptables() {
  for command in $(fw_iptables 4) $(fw_iptables 6); do
    fw_command_rules "$command" | while read -r source port; do
      "$command" -w -D INPUT -s "$source" -p tcp -m tcp --dport "$port" -m comment --comment etcd-tui -j ACCEPT
    done
    for chain in INPUT OUTPUT; do
      while "$command" -w -D "$chain" -m comment --comment etcd-tui-off -j ACCEPT 2>/dev/null; do :; done
    done
  done
  if [ -d "$kept_files" ]; then
    find "$kept_files" -type f | while read -r f; do restore "${f#"$kept_files"}" plain_iptables; done
  fi
  if was_off; then switch_on; fi
}

case $kind in firewalld | ufw | nftables | iptables) ;; *) die 64 "no firewall that etcd-tui knows: $kind" ;; esac
[ -f "$state/manifest" ] || exit 0
fw_look
"close_$kind"
# Last: until here, a run that was killed finds everything it needs once more.
rm -rf "$kept_files"
rmdir "$state/firewall" 2>/dev/null || :
beside "$state/manifest"
grep -vE "^firewall(-off)? $kind\$|^firewall-(rule|unit) $kind " "$state/manifest" >"$temp" || :
in_place "$state/manifest"
