package archipel.cli;

import archipel.document.RequestException;
import archipel.engine.NodeOpenException;
import archipel.node.NodeFailure;
import archipel.server.AddressException;
import archipel.settings.SettingException;
import archipel.shell.ExitStatus;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.BindException;

/** What the user is told of failures that are nobody's bug. */
final class Failures {
    private Failures() {}

    /** Says what is wrong and gives the exit status; throws what is not expected. */
    static <E extends Exception> ExitStatus tell(E failure, PrintWriter err) throws E {
        ExitStatus status = switch (failure) {
            case SettingException _ -> ExitStatus.USAGE;
            case NodeOpenException open when open.getCause() instanceof BindException -> ExitStatus.ADDRESS;
            case NodeOpenException _ -> ExitStatus.DATA;
            case AddressException _ -> ExitStatus.ADDRESS;
            case NodeFailure _ -> ExitStatus.FAULTS;
            case UncheckedIOException _ -> ExitStatus.DATA;
            case RequestException _ -> ExitStatus.FAULTS;
            default -> throw failure;
        };
        err.println("archipel: "
                + switch (failure) {
                    case UncheckedIOException file -> file.getMessage() + ": " + NodeOpenException.explain(file);
                    case RequestException refused -> refused.reason();
                    default -> failure.getMessage();
                });
        return status;
    }
}
