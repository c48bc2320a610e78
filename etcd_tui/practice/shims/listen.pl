# As listen.py, which says what for.
use strict;

my $closed = -e "$ENV{ETCD_TUI_ROOT}/run/practice/closed";
my @held;
while (@ARGV && $ARGV[0] =~ /^(-l|--listen)$/) {
  my ($address, $port) = $ARGV[1] =~ /^\[?([0-9.]+)\]?:([0-9]+)$/ or die "not an address: $ARGV[1]\n";
  splice @ARGV, 0, 2;
  # AF_INET, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR; as to numbers, see ask.pl.
  my $place = pack('S n C4 x8', 2, $port, split /\./, $address);
  my ($listener, $filler);
  socket($listener, 2, 1, 0)
    && setsockopt($listener, 1, 2, pack('i', 1))
    && bind($listener, $place)
    && listen($listener, $closed ? 0 : 64)
    or die "Failed to listen: $!\n";
  # A queue of none still holds one.
  if ($closed) { socket($filler, 2, 1, 0) && connect($filler, $place) or die "$!\n" }
  push @held, $listener, $filler;
}
sleep while 1;
