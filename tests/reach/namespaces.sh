#!/bin/bash
# The address that guests' links carry, in networks as laptops have them: namespaces with a Wi-Fi, Docker's bridge,
# VirtualBox, a VPN with the default route and a phone by USB. A second namespace is the guest, and opens the links.
# Usage: namespaces.sh FOTOTA. Needs root, ip, curl and python3; exits with 77 where namespaces cannot be made.
set -u
fotota=$1
here=$(dirname "$(readlink -f "$0")")
laptop=fotota-laptop-$$ guest=fotota-guest-$$
work=$(mktemp -d)
server= other=

for tool in ip curl python3; do command -v $tool > /dev/null || exit 77; done

clean_up() {
  [ -n "$other" ] && kill "$other" 2>/dev/null
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  ip netns del "$laptop" 2>/dev/null
  ip netns del "$guest" 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() { echo "FAIL: $*"; cat "$work/out" "$work/err" 2>/dev/null; exit 1; }
on_laptop() { ip netns exec "$laptop" "$@"; }
on_guest() { ip netns exec "$guest" "$@"; }

ip netns add "$laptop" && ip netns add "$guest" || exit 77
on_laptop ip link set lo up
on_guest ip link set lo up

# A cable between both, under the name that it has for the laptop.
cable() { # NAME ADDRESS GUEST'S-NAME GUEST'S-ADDRESS
  ip link add "$1" netns "$laptop" type veth peer name "$3" netns "$guest" || exit 77
  on_laptop ip address add "$2" dev "$1"; on_laptop ip link set "$1" up
  on_guest ip address add "$4" dev "$3"; on_guest ip link set "$3" up
}
own() { # NAME ADDRESS: a network inside the laptop
  on_laptop ip link add "$1" type bridge || exit 77
  on_laptop ip address add "$2" dev "$1"; on_laptop ip link set "$1" up
}

cable wlp2s0 192.168.77.10/24 air 192.168.77.20/24
cable usb0 192.168.42.129/24 phone 192.168.42.1/24
own docker0 172.17.0.1/16
own vboxnet0 192.168.56.1/24
for tunnel in tun0 wg0; do
  on_laptop ip tuntap add dev $tunnel mode tun || exit 77
  on_laptop ip link set $tunnel up
done
on_laptop ip address add 10.8.0.2/24 dev tun0
on_laptop ip address add 10.9.0.2/24 dev wg0
on_laptop ip route add default dev tun0

start() { # OPTIONS: starts the server, and an event the first time
  : > "$work/out"
  ip netns exec "$laptop" "$fotota" --data "$work/data" --json serve --bind 0.0.0.0:8080 "$@" \
    > "$work/out" 2> "$work/err" &
  server=$!
  within 60 said '"listening"' || fail "the server does not start"
}
stop() {
  kill "$server"; wait "$server"; server=
}
within() { # SECONDS COMMAND: until it succeeds
  local tries=$(($1 * 5)); shift
  until "$@"; do
    tries=$((tries - 1)); [ $tries -gt 0 ] || return 1
    sleep 0.2
  done
}
said() { grep -q -- "$1" "$work/out"; }
last() { grep '"listening"' "$work/out" | tail -n 1; }
field() { last | python3 -c 'import json,sys; v=json.load(sys.stdin)
for part in sys.argv[1].split("."): v = v[part]
print(v)' "$1"; }
now() { [ "$(field listening)" = "http://$1:8080" ]; }
expect() { # ADDRESS BY KIND TROUBLE
  local found="$(field listening) $(field address.by) $(field address.kind) $(field address.trouble)"
  [ "$found" = "http://$1:8080 $2 $3 $4" ] || fail "expected $*, found $found"
  echo "ok: $*"
}
guest_opens() {
  on_guest curl -fsS --max-time 5 -o /dev/null "$(field listening)/health" || fail "the guest cannot open $(field listening)"
}

# The Wi-Fi wins, although the default route leads into the VPN.
start
expect 192.168.77.10 automatic wifi None
guest_opens

# Its name is announced in the Wi-Fi, and nowhere else.
within 20 said '"name":"http://fotota.local:8080"' || fail "no name is announced"
found=$(on_guest python3 "$here/ask.py" fotota.local 192.168.77.20)
[ "$found" = 192.168.77.10 ] || fail "fotota.local is $found"
[ -z "$(on_guest python3 "$here/ask.py" fotota.local 192.168.42.1)" ] || fail "the name is known to the phone"
echo "ok: fotota.local"

# The router gives another address.
on_laptop ip address del 192.168.77.10/24 dev wlp2s0
on_laptop ip address add 192.168.77.11/24 dev wlp2s0
within 20 now 192.168.77.11 || fail "the address did not follow"
expect 192.168.77.11 automatic wifi None
guest_opens
named() { [ "$(on_guest python3 "$here/ask.py" fotota.local 192.168.77.20)" = 192.168.77.11 ]; }
within 20 named || fail "the name does not lead to the new address"
echo "ok: the name leads to the new address"

# A second Wi-Fi with the default route is the better one; without it, the first is.
cable wlx00c0ca 192.168.88.10/24 air2 192.168.88.20/24
on_laptop ip route replace default via 192.168.88.20
within 20 now 192.168.88.10 || fail "the second Wi-Fi is not preferred"
guest_opens
on_laptop ip link del wlx00c0ca
within 20 now 192.168.77.11 || fail "links stay in the network that is gone"
guest_opens

# No network with guests is left, then none at all.
on_laptop ip link set wlp2s0 down
on_laptop ip link set usb0 down
within 20 now 10.8.0.2 || within 1 now 10.9.0.2 || fail "no last resort"
[ "$(field address.trouble)" = no_guests ] || fail "no warning of a VPN"
for one in tun0 wg0 vboxnet0 docker0; do on_laptop ip link set $one down; done
within 20 now 127.0.0.1 || fail "not even the loopback"
expect 127.0.0.1 automatic loopback local_only
for one in wlp2s0 usb0 tun0 wg0 vboxnet0 docker0; do on_laptop ip link set $one up; done
on_laptop ip route replace default dev tun0
within 20 now 192.168.77.11 || fail "the Wi-Fi is back, the links are not"
guest_opens
stop
[ -z "$(on_guest python3 "$here/ask.py" fotota.local 192.168.77.20)" ] || fail "the name outlives the server"

# What the photographer says counts, while it is there.
start --address 172.17.0.1
expect 172.17.0.1 configuration container no_guests
stop
start --address 192.168.99.9
expect 192.168.77.11 automatic wifi None
[ "$(field address.gone)" = 192.168.99.9 ] || fail "it does not say that the address is gone"
guest_opens
stop

# Another computer has the name already.
ip netns exec "$guest" python3 "$here/ask.py" --have fotota.local 192.168.77.20 > /dev/null &
other=$!
start
within 30 said '"name":"http://fotota-2.local:8080"' || fail "the taken name is used"
found=$(on_guest python3 "$here/ask.py" fotota-2.local 192.168.77.20)
kill $other; wait $other 2>/dev/null; other=
[ "$found" = 192.168.77.11 ] || fail "fotota-2.local is $found"
stop
echo "ok: fotota-2.local"

# Nothing is announced where that is turned off.
printf '[server]\nmdns = false\n' > "$work/quiet.toml"
start --config "$work/quiet.toml"
sleep 3
! said '"name"' || fail "a name is announced"
[ -z "$(on_guest python3 "$here/ask.py" fotota.local 192.168.77.20)" ] || fail "a name is announced"
stop
echo "ok: all"
