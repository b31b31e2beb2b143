package archipel.server;

/** An address that cannot be listened on; the message says which, why and what to do. */
public final class AddressException extends RuntimeException {
    public AddressException(String message, Throwable cause) {
        super(message, cause);
    }
}
