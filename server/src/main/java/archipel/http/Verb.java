package archipel.http;

/** A request's method. {@link #OTHER} stands for every one that no endpoint knows. */
public enum Verb {
    GET,
    HEAD,
    PUT,
    POST,
    DELETE,
    COPY,
    OPTIONS,
    OTHER;

    static final int COUNT = values().length;

    static Verb of(String text) {
        return switch (text) {
            case "GET" -> GET;
            case "HEAD" -> HEAD;
            case "PUT" -> PUT;
            case "POST" -> POST;
            case "DELETE" -> DELETE;
            case "COPY" -> COPY;
            case "OPTIONS" -> OPTIONS;
            default -> OTHER;
        };
    }
}
