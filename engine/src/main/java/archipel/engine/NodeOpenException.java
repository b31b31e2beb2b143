package archipel.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** A data directory that cannot be opened; the message says which, why and what to do. */
public class NodeOpenException extends RuntimeException {
    public NodeOpenException(String message, Throwable cause) {
        super(message, cause);
    }

    public NodeOpenException(String message) {
        super(message);
    }

    /** What to tell of a file that cannot be used: names it, says why and what to do; without a full stop. */
    public static String explain(UncheckedIOException failure) {
        IOException cause = failure.getCause();
        return cause == null ? String.valueOf(failure.getMessage()) : explain(cause);
    }

    static String explain(IOException failure) {
        if (!(failure instanceof FileSystemException at)) {
            return String.valueOf(failure.getMessage());
        }
        String file = at.getFile();
        return switch (at) {
            case AccessDeniedException _ ->
                "user " + System.getProperty("user.name") + " may not use " + file
                        + "; run this as the user who owns it, or change its rights";
            case NoSuchFileException _ -> file + " is not there";
            case NotDirectoryException _ -> file + " is not a directory";
            default -> file + " cannot be used" + (at.getReason() == null ? "" : " (" + at.getReason() + ")");
        };
    }
}
