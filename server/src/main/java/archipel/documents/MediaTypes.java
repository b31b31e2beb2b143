package archipel.documents;

/** Content types as clients gave them. */
final class MediaTypes {
    private MediaTypes() {}

    /** Fit to be a header's value: a client can store any text as a content type, line ends among it. */
    static String headerValue(String contentType) {
        for (int i = 0; i < contentType.length(); i++) {
            char c = contentType.charAt(i);
            if (c < ' ' || c > '~') {
                return "application/octet-stream";
            }
        }
        return contentType.isBlank() ? "application/octet-stream" : contentType.strip();
    }
}
