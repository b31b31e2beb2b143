package archipel.cli;

/** An address that cannot be listened on; the message says which, why and what to do. */
final class AddressException extends RuntimeException {
    AddressException(String message, Throwable cause) {
        super(message, cause);
    }
}
