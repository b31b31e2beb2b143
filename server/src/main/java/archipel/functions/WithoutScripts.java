package archipel.functions;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The engine of a node that runs no JavaScript: takes sources as they are, and says that it cannot call them. */
public final class WithoutScripts implements FunctionEngine, DesignFunctions {
    @Override
    public void check(String kind, String name, String source) {}

    @Override
    public DesignFunctions design(byte[] design) {
        return this;
    }

    @Override
    public boolean[] filter(String name, List<byte[]> documents, byte[] request) {
        throw lacking("Filters");
    }

    @Override
    public boolean[] viewFilter(String view, List<byte[]> documents) {
        throw lacking("Filters");
    }

    @Override
    public @Nullable RequestException validate(
            byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security) {
        return null;
    }

    @Override
    public byte[] update(String name, byte @Nullable [] document, byte[] request) {
        throw lacking("Update functions");
    }

    private static RequestException lacking(String what) {
        return new RequestException(
                ErrorCode.NOT_IMPLEMENTED,
                what + " in design documents need server-side functions, which this node lacks.");
    }
}
