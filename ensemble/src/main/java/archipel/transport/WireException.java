package archipel.transport;

import java.io.IOException;

/** The other side has sent what it must not send, or refuses to go on: the connection ends. */
final class WireException extends IOException {
    private static final long serialVersionUID = 1;

    WireException(String message) {
        super(message);
    }
}
