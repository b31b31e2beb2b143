package archipel.mesh;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/** The addresses of this machine. */
final class OwnAddresses {
    private OwnAddresses() {}

    /** Whether a text is one of them, as it is; names are not resolved. */
    static boolean contain(String text) {
        try {
            return !text.isEmpty() && NetworkInterface.getByInetAddress(InetAddress.ofLiteral(text)) != null;
        } catch (IllegalArgumentException | SocketException none) {
            return false;
        }
    }
}
