package archipel.settings;

/** A setting that cannot be used: the message says which, where it came from, what is wrong and what to do. */
public final class SettingException extends RuntimeException {
    public SettingException(String message) {
        super(message);
    }

    public SettingException(String message, Throwable cause) {
        super(message, cause);
    }
}
