package archipel.functions;

import archipel.changes.Waiter;
import archipel.document.RequestException;
import archipel.view.DesignDocument;
import archipel.view.DesignScripts;
import archipel.view.Scripts;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Functions in JavaScript.
 *
 * @param scripts the node's; asked for with each call, and made ready by the first
 */
public record ScriptFunctions(Supplier<Scripts> scripts) implements FunctionEngine {
    @Override
    public void check(String database, String kind, String name, String source) {
        scripts.get().check(database, kind, name, source);
    }

    @Override
    public DesignFunctions design(DesignDocument design) {
        return new Design(scripts.get().design(design.database(), design.json()));
    }

    @Override
    public @Nullable RequestException validate(
            List<DesignFunctions> designs,
            byte[] newDocument,
            byte @Nullable [] oldDocument,
            byte[] user,
            byte[] security) {
        List<DesignScripts> own =
                designs.stream().map(design -> ((Design) design).scripts()).toList();
        return DesignScripts.validate(own, newDocument, oldDocument, user, security);
    }

    private record Design(DesignScripts scripts) implements DesignFunctions {
        @Override
        public boolean[] filter(String name, List<byte[]> documents, byte[] request, Waiter waiter) throws IOException {
            return scripts.filter(name, documents, request, waiter);
        }

        @Override
        public boolean[] viewFilter(String view, List<byte[]> documents, Waiter waiter) throws IOException {
            return scripts.viewFilter(view, documents, waiter);
        }

        @Override
        public @Nullable RequestException validate(
                byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security) {
            return scripts.validate(newDocument, oldDocument, user, security);
        }

        @Override
        public void requireValidation() {
            scripts.requireValidation();
        }

        @Override
        public byte[] update(String name, byte @Nullable [] document, byte[] request) {
            return scripts.update(name, document, request);
        }
    }
}
