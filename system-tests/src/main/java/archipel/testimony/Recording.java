package archipel.testimony;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A record that can be read as often as one likes. */
@FunctionalInterface
public interface Recording {
    /** Gets the events in their order. */
    interface Reader {
        /** @param line from 1 */
        void read(Event event, long line);
    }

    void each(Reader reader);

    static Recording of(List<Event> events) {
        return reader -> {
            for (int i = 0; i < events.size(); i++) {
                reader.read(events.get(i), i + 1L);
            }
        };
    }

    /** A last line without its end is left out: whoever wrote it was stopped in the middle. */
    static Recording of(Path file) {
        return reader -> {
            try (BufferedReader lines = Files.newBufferedReader(file)) {
                long number = 1;
                String line = lines.readLine();
                while (line != null) {
                    String next = lines.readLine();
                    if (next != null || line.endsWith("}")) {
                        reader.read(Lines.read(line), number++);
                    }
                    line = next;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }
}
