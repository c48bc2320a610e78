# folder version sha256 size top url programs...; the archive on standard input, or from url
bin=$1 version=$2 sum=$3 size=$4 top=$5 url=$6; shift 6
stage=$(mktemp -d "$bin/.etcd-tui.XXXXXX")
trap 'rm -rf "$stage"' EXIT
trap 'exit 129' HUP INT TERM PIPE
archive=$stage/archive
if [ -z "$url" ]; then
  # Not unpacked on the way: tar sees nothing of it before its sum is known to be right. Nor would a
  # tee save time where all processors have work: its pieces are so small that they cost more.
  cat >"$archive"
else
  get() { if command -v curl >/dev/null 2>&1; then curl -fsSL --connect-timeout 10 "$1"; else wget -qO- "$1"; fi; }
  get "$url" >"$archive" || die 68 "could not download $url"
  if [ -z "$sum" ]; then
    sum=$(get "${url%/*}/SHA256SUMS" | awk -v f="${url##*/}" '$2 == f || $2 == "*"f {print $1}' | head -n 1)
    [ -n "$sum" ] || die 68 "${url%/*}/SHA256SUMS has no checksum for ${url##*/}"
  fi
fi
# OpenSSL takes a third of the time that many a sha256sum takes; not every host has it.
got=$(openssl dgst -sha256 -r <"$archive" 2>/dev/null) || got=$(sha256sum <"$archive")
if [ "${got%% *}" != "$sum" ]; then
  [ -n "$url" ] || [ "$(wc -c <"$archive")" -eq "$size" ] || die 65 "the archive arrived incomplete"
  die 65 "the archive's SHA-256 is not $sum"
fi
for p in "$@"; do members="${members:-} $top/$p"; done
# In larger pieces than tar's own of 10 KiB
# shellcheck disable=SC2086 # program names hold no spaces
tar -b 256 -xzf "$archive" -C "$stage" --no-same-owner $members || die 65 "the archive could not be unpacked"
rm -f "$archive"
files='' places=''
for p in "$@"; do
  f=$stage/$top/$p
  [ -f "$f" ] && [ ! -L "$f" ] || die 65 "the archive holds no program $p"
  files="$files $f" places="$places $bin/$p"
done
# shellcheck disable=SC2086 # neither folders of the answers nor program names hold spaces
{ chown 0:0 $files; chmod 755 $files; relabel $files; }
nl='
'
for p in "$@"; do
  f=$stage/$top/$p
  case $p in
    etcd) title='etcd Version: ' says=$(GOMAXPROCS=1 "$f" --version 2>&1 </dev/null) || die 69 "$p does not run on this host: $says" ;;
    *) title="$p version: " says=$(env -i GOMAXPROCS=1 "$f" version 2>&1 </dev/null) || die 69 "$p does not run on this host: $says" ;;
  esac
  case $says in *"$title"*) says=${says#*"$title"}; says=${says%%"$nl"*} ;; *) says='' ;; esac
  [ "$says" = "$version" ] || die 69 "$p in the archive is version ${says:-unknown}, not $version"
done
# shellcheck disable=SC2086
{ durable $files; record file $places; }
for p in "$@"; do mv -fT "$stage/$top/$p" "$bin/$p"; done
durable "$bin"
