package archipel.command;

import archipel.document.ErrorCode;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Thrown while a command is applied, to refuse it for what the rows say: on every node alike. Whatever else is thrown
 * then is a fault of one node, also where requests get the same error elsewhere (a store that is closing, a stored
 * document that is no JSON). Has no stack trace: it is an outcome.
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ErrorCode code;
    private final transient List<String> fields;

    /** @param fields what the code's reason names */
    public Refusal(ErrorCode code, @Nullable Object... fields) {
        super(code.name(), null, false, false);
        this.code = code;
        this.fields = Stream.of(fields).map(String::valueOf).toList();
    }

    public <A extends @Nullable Object> Outcome<A> outcome() {
        return new Outcome.Refused<>(code, fields);
    }
}
