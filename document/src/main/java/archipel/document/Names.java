package archipel.document;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Which names documents, databases and attachments may have, with CouchDB's answers to those they may not. */
public final class Names {
    /** Databases whose names begin with an underscore; also as the last part of a path, as in {@code team/_users}. */
    public static final Set<String> SYSTEM_DATABASES =
            Set.of("_dbs", "_global_changes", "_metadata", "_nodes", "_replicator", "_users");

    /** The most characters in one part of a database's name; CouchDB's come from the longest file name. */
    public static final int DATABASE_NAME_LENGTH = 238;

    /**
     * The most bytes of UTF-8 in a document's id or an attachment's name. CouchDB has no bound unless one is set; but
     * an id stands in every index entry and in every row of a feed, so that one of megabytes costs what no document
     * does.
     */
    public static final int NAME_BYTES = 4096;

    /** The most bytes of UTF-8 in an attachment's type, which is sent as one header field. */
    public static final int CONTENT_TYPE_BYTES = 1024;

    private static final String DESIGN = "_design/";
    private static final String LOCAL = "_local/";

    private Names() {}

    /** @throws RequestException 400 {@code illegal_docid} */
    public static void validateDocumentId(String id) {
        if (id.isEmpty()) {
            throw new RequestException(ErrorCode.DOCUMENT_ID_EMPTY);
        }
        if (id.equals(DESIGN) || id.equals(LOCAL)) {
            throw new RequestException(ErrorCode.DOCUMENT_ID_INCOMPLETE, id);
        }
        if (hasLoneSurrogate(id)) {
            throw new RequestException(ErrorCode.DOCUMENT_ID_NOT_UTF8);
        }
        if (isLonger(id, NAME_BYTES)) {
            throw new RequestException(ErrorCode.DOCUMENT_ID_TOO_LONG, NAME_BYTES);
        }
        if (id.charAt(0) == '_' && !id.startsWith(DESIGN) && !id.startsWith(LOCAL)) {
            throw new RequestException(ErrorCode.DOCUMENT_ID_RESERVED);
        }
    }

    public static boolean isDesign(String id) {
        return id.startsWith(DESIGN);
    }

    public static boolean isLocal(String id) {
        return id.startsWith(LOCAL);
    }

    /** @throws RequestException 400 {@code illegal_database_name} or {@code database_name_too_long} */
    public static void validateDatabaseName(String name) {
        int slash = name.lastIndexOf('/');
        boolean system = SYSTEM_DATABASES.contains(name.substring(slash + 1))
                && (slash < 0 || isPlainDatabaseName(name.substring(0, slash)));
        if (!system && !isPlainDatabaseName(name)) {
            throw new RequestException(ErrorCode.ILLEGAL_DATABASE_NAME, name);
        }
        for (String part : name.split("/", -1)) {
            if (part.length() > DATABASE_NAME_LENGTH) {
                throw new RequestException(ErrorCode.DATABASE_NAME_TOO_LONG, name);
            }
        }
    }

    public static boolean isSystemDatabase(String name) {
        return SYSTEM_DATABASES.contains(name.substring(name.lastIndexOf('/') + 1));
    }

    private static boolean isPlainDatabaseName(String name) {
        if (name.isEmpty() || name.charAt(0) < 'a' || name.charAt(0) > 'z') {
            return false;
        }
        for (int i = 1; i < name.length(); i++) {
            char c = name.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && "_$()+-/".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /** @throws RequestException 400 {@code bad_request} */
    public static void validateAttachmentName(String name) {
        if (name.startsWith("_")) {
            throw new RequestException(ErrorCode.ATTACHMENT_NAME_UNDERSCORE, name);
        }
        if (hasLoneSurrogate(name)) {
            throw new RequestException(ErrorCode.ATTACHMENT_NAME_NOT_UTF8);
        }
        if (isLonger(name, NAME_BYTES)) {
            throw new RequestException(ErrorCode.ATTACHMENT_NAME_TOO_LONG, NAME_BYTES);
        }
    }

    /** @throws RequestException 400 {@code bad_request} */
    public static void validateContentType(String type) {
        if (isLonger(type, CONTENT_TYPE_BYTES)) {
            throw new RequestException(ErrorCode.CONTENT_TYPE_TOO_LONG, CONTENT_TYPE_BYTES);
        }
    }

    private static boolean isLonger(String text, int bytes) {
        // A character is three bytes at the most, a pair of surrogates four.
        return 3 * text.length() > bytes
                && (text.length() > bytes || text.getBytes(StandardCharsets.UTF_8).length > bytes);
    }

    /** Whether there is half of a character in it, which no id has, since UTF-8 cannot carry it. */
    public static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }
}
