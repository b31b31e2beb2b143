package archipel.witness;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@link MutantProxy} does to what goes through it. */
@FunctionalInterface
interface Mutation {
    /**
     * A request on its way to the node.
     *
     * @param query without the question mark; empty for none
     * @param body null for none
     */
    record Passing(
            String method,
            String path,
            String query,
            @Nullable String body,
            Map<String, String> headers) {
        Passing withQuery(String other) {
            return new Passing(method, path, other, body, headers);
        }

        Passing withBody(String other) {
            return new Passing(method, path, query, other, headers);
        }

        /** A parameter as it stands in the URL; null where it is not there. */
        @Nullable
        String parameter(String name) {
            for (String one : query.split("&")) {
                if (one.startsWith(name + "=")) {
                    return one.substring(name.length() + 1);
                }
            }
            return null;
        }

        Passing without(String name) {
            StringBuilder left = new StringBuilder();
            for (String one : query.split("&")) {
                if (!one.startsWith(name + "=")) {
                    left.append(left.isEmpty() ? "" : "&").append(one);
                }
            }
            return withQuery(left.toString());
        }

        boolean reads() {
            return method.equals("GET") || path.endsWith("/_all_docs");
        }
    }

    /** The node itself. */
    @FunctionalInterface
    interface Node {
        Answer send(Passing request) throws IOException, InterruptedException;
    }

    Answer pass(Passing request, Node node) throws IOException, InterruptedException;
}
