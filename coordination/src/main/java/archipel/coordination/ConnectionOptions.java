package archipel.coordination;

import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * How clients connect, and what they may take.
 *
 * @param tls an engine for each connection, of a server; null where no TLS is spoken
 * @param commands four-letter words that are answered; {@code *} for all
 * @param most how many connections there may be, where the heap and the process have room for them
 * @param watches how many one connection may have
 */
public record ConnectionOptions(@Nullable Supplier<SSLEngine> tls, List<String> commands, int most, int watches) {

    /** As the settings are where nobody changes them. */
    public static final ConnectionOptions DEFAULT =
            new ConnectionOptions(null, List.of("srvr", "ruok", "isro", "mntr"), 16_384, 100_000);
}
