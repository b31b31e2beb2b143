package archipel.direct;

/** What a function is or does is not for this package to say: the engine has to be asked. */
public final class NotDirectException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param what for whoever debugs */
    NotDirectException(String what) {
        super(what, null, false, false);
    }
}
