package archipel.direct;

/** The function has thrown: it emits nothing for its document. */
public final class ScriptErrorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message as the engine words it, with the error's name */
    ScriptErrorException(String message) {
        super(message, null, false, false);
    }

    static ScriptErrorException noProperty(Object base, String name) {
        return new ScriptErrorException("TypeError: Cannot read property '" + name + "' of " + Operators.text(base));
    }
}
