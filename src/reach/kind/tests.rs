//! Names of interfaces as the three systems have them.

use super::*;

fn kind(name: &str, label: &str, medium: Medium, address: &str) -> Kind {
    let address = address.parse().unwrap();
    let (driver, is_default) = ("", false);
    let (bridges_hardware, leaves_container) = (false, false);
    classify(&Facts { name, label, medium, driver, bridges_hardware, leaves_container, is_default, address })
}

#[test]
fn names_of_linux() {
    use Kind::{Cable, Container, Hotspot, Other, Tether, VirtualMachine, Vpn, Wifi};
    for (names, expected) in [
        (&["wlp2s0", "wlan0", "wlx00c0ca123456"][..], Wifi),
        (&["enp3s0", "eno1", "eth0", "eth0.10", "em1", "bond0", "enx00e04c680001"], Cable),
        (&["usb0", "bnep0", "wwan0", "wwp0s20f0u6"], Tether),
        (&["tun0", "tap0", "wg0", "wg-home", "tailscale0", "ppp0", "nordlynx", "ztabcdefgh"], Vpn),
        (&["docker0", "br-0123456789ab", "podman1", "cni-podman0", "veth12ab", "lxdbr0"], Container),
        (&["vboxnet0", "vmnet8", "virbr0", "vnet3"], VirtualMachine),
        (&["ap0", "uap0"], Hotspot),
        (&["dummy0", "p2p-wlan0-0"], Other),
    ] {
        for name in names {
            assert_eq!(kind(name, "", Medium::Unknown, "192.168.1.7"), expected, "{name}");
        }
    }
    // All but Wi-Fi look like Ethernet to the system.
    for (name, expected) in [("docker0", Container), ("vboxnet0", VirtualMachine), ("usb0", Tether)] {
        assert_eq!(kind(name, "", Medium::Wired, "192.168.1.7"), expected, "{name}");
    }
    assert_eq!(kind("wlp2s0", "", Medium::Wireless, "10.42.0.1"), Hotspot);
    assert_eq!(kind("enp3s0", "", Medium::Wired, "10.42.0.1"), Cable);
    assert_eq!(kind("renamed", "", Medium::Wireless, "192.168.1.7"), Wifi);
    assert_eq!(kind("renamed", "", Medium::Tunnel, "10.8.0.2"), Vpn);
}

#[test]
fn names_of_macos() {
    for (name, label, medium, address, expected) in [
        ("en0", "Wi-Fi", Medium::Wireless, "192.168.1.7", Kind::Wifi),
        ("en0", "Wi-Fi", Medium::Wired, "192.168.1.7", Kind::Wifi),
        ("en5", "USB 10/100/1000 LAN", Medium::Wired, "192.168.1.7", Kind::Cable),
        ("en7", "iPhone USB", Medium::Wired, "172.20.10.2", Kind::Tether),
        ("en8", "Bluetooth PAN", Medium::Wired, "172.20.10.3", Kind::Tether),
        ("bridge0", "Thunderbolt Bridge", Medium::Unknown, "10.0.0.1", Kind::Cable),
        ("bridge100", "", Medium::Unknown, "192.168.2.1", Kind::Hotspot),
        ("bridge100", "", Medium::Unknown, "192.168.64.1", Kind::VirtualMachine),
        ("vmenet0", "", Medium::Wired, "192.168.64.1", Kind::VirtualMachine),
        ("utun4", "", Medium::Tunnel, "10.8.0.2", Kind::Vpn),
        ("awdl0", "", Medium::Wireless, "10.0.0.9", Kind::Other),
        ("ap1", "", Medium::Wireless, "192.168.2.1", Kind::Hotspot),
    ] {
        assert_eq!(kind(name, label, medium, address), expected, "{name} {label}");
    }
}

#[test]
fn names_of_windows() {
    let guid = "{6B29FC40-CA47-1067-B31D-00DD010662DA}";
    for (label, medium, address, expected) in [
        ("Wi-Fi Intel(R) Wi-Fi 6 AX201 160MHz", Medium::Wireless, "192.168.1.7", Kind::Wifi),
        ("WLAN Intel(R) Wireless-AC 9560", Medium::Unknown, "192.168.1.7", Kind::Wifi),
        ("Ethernet Realtek PCIe GbE Family Controller", Medium::Wired, "192.168.1.7", Kind::Cable),
        (
            "Local Area Connection* 2 Microsoft Wi-Fi Direct Virtual Adapter",
            Medium::Wireless,
            "192.168.137.1",
            Kind::Hotspot,
        ),
        (
            "vEthernet (WSL) Hyper-V Virtual Ethernet Adapter",
            Medium::Wired,
            "172.20.0.1",
            Kind::VirtualMachine,
        ),
        (
            "Ethernet 2 VirtualBox Host-Only Ethernet Adapter",
            Medium::Wired,
            "192.168.56.1",
            Kind::VirtualMachine,
        ),
        (
            "VMware Network Adapter VMnet8 VMware Virtual Ethernet Adapter for VMnet8",
            Medium::Wired,
            "192.168.44.1",
            Kind::VirtualMachine,
        ),
        ("Ethernet 3 TAP-Windows Adapter V9", Medium::Wired, "10.8.0.2", Kind::Vpn),
        ("Home WireGuard Tunnel", Medium::Tunnel, "10.8.0.2", Kind::Vpn),
        ("Ethernet 4 Remote NDIS based Internet Sharing Device", Medium::Wired, "192.168.42.9", Kind::Tether),
        ("Ethernet 5 Apple Mobile Device Ethernet", Medium::Wired, "172.20.10.2", Kind::Tether),
        (
            "Bluetooth Network Connection Bluetooth Device (Personal Area Network)",
            Medium::Wired,
            "10.0.0.3",
            Kind::Tether,
        ),
    ] {
        assert_eq!(kind(guid, label, medium, address), expected, "{label}");
    }
}

#[test]
fn routes_drivers_and_cards_decide_where_names_do_not() {
    let facts = Facts {
        name: "enp0s20f0u1",
        label: "",
        medium: Medium::Wired,
        driver: "rndis_host",
        bridges_hardware: false,
        leaves_container: false,
        is_default: true,
        address: "192.168.42.17".parse().unwrap(),
    };
    assert_eq!(classify(&facts), Kind::Tether);
    assert_eq!(classify(&Facts { driver: "r8152", ..facts }), Kind::Cable);
    let inside = Facts { name: "eth0", driver: "", medium: Medium::Unknown, ..facts };
    assert_eq!(classify(&inside), Kind::Cable);
    assert_eq!(classify(&Facts { leaves_container: true, ..inside }), Kind::Container);
    let bridge = Facts { name: "br0", driver: "", medium: Medium::Unknown, ..facts };
    assert_eq!(classify(&bridge), Kind::Other);
    assert_eq!(classify(&Facts { bridges_hardware: true, ..bridge }), Kind::Cable);
    let switch =
        Facts { name: "{1}", label: "vEthernet (External) Hyper-V Virtual Ethernet Adapter", ..facts };
    let switch = Facts { driver: "", ..switch };
    assert_eq!(classify(&switch), Kind::Cable);
    assert_eq!(classify(&Facts { is_default: false, ..switch }), Kind::VirtualMachine);
}

#[test]
fn some_addresses_say_what_they_are() {
    assert_eq!(kind("lo", "", Medium::Loopback, "127.0.0.1"), Kind::Loopback);
    assert_eq!(kind("wlan0", "", Medium::Wireless, "169.254.7.7"), Kind::LinkLocal);
    assert_eq!(kind("wlan0", "", Medium::Wireless, "fe80::1"), Kind::LinkLocal);
}
