package archipel.view;

import archipel.direct.DirectMap;
import archipel.direct.NotDirectException;
import archipel.direct.ScriptErrorException;
import archipel.document.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Map functions that need no engine. A document of which only an engine can tell what they make is left to one; with
 * too many of these, all are.
 */
final class DirectMapper implements Mapper {
    /** So many documents may be left to the engine before their share counts. */
    private static final int FREE = 32;

    private static final int SHARE = 4;

    private final List<DirectMap> maps;
    private final Mapper.Failures failures;
    private final long mostRoom;
    private final Supplier<Mapper> engine;
    private final @Nullable Set<String> members;
    private @Nullable Mapper opened;
    private long mapped;
    private long left;
    private final List<Ended> ended = new ArrayList<>();
    private long errors;
    private @Nullable String lastError;

    /**
     * @param mostRoom as {@link #mostRoom}
     * @param engine the same functions in the engine, asked for once and only where it is needed
     */
    private DirectMapper(List<DirectMap> maps, Mapper.Failures failures, long mostRoom, Supplier<Mapper> engine) {
        this.maps = maps;
        this.failures = failures;
        this.mostRoom = mostRoom;
        this.engine = engine;
        this.members = members(maps);
    }

    /** The same functions, without the engine where that can be. */
    static Mapper of(List<String> sources, Mapper.Failures failures, long mostRoom, Supplier<Mapper> engine) {
        List<DirectMap> maps = new ArrayList<>();
        for (String source : sources) {
            DirectMap map = DirectMap.of(source);
            if (map == null) {
                // It shares a realm with the others, and can change what their words mean.
                return engine.get();
            }
            maps.add(map);
        }
        return new DirectMapper(maps, failures, mostRoom, engine);
    }

    private static @Nullable Set<String> members(List<DirectMap> maps) {
        Set<String> all = new LinkedHashSet<>();
        for (DirectMap map : maps) {
            Set<String> seen = map.members();
            if (seen == null) {
                return null;
            }
            all.addAll(seen);
        }
        return all;
    }

    @Override
    public List<List<Emission>> map(List<byte[]> documents) {
        List<List<Emission>> emissions = new ArrayList<>(documents.size());
        List<Ended> all = new ArrayList<>();
        while (emissions.size() < documents.size()) {
            int before = emissions.size();
            emissions.addAll(mapSome(documents.subList(before, documents.size()), mostRoom));
            ended.forEach(end -> all.add(new Ended(before + end.document(), end.view(), end.reason())));
        }
        ended.clear();
        ended.addAll(all);
        return emissions;
    }

    @Override
    public List<List<Emission>> mapSome(List<byte[]> documents, long room) {
        ended.clear();
        if (left > FREE && left > mapped / SHARE) {
            return ask(documents, room);
        }
        List<List<Emission>> emissions = new ArrayList<>(documents.size());
        long used = 0;
        for (byte[] document : documents) {
            try {
                List<Emission> rows = rows(document);
                used += Emission.weight(rows);
                if (used > room) {
                    break;
                }
                emissions.add(rows);
                mapped++;
            } catch (NotDirectException beyond) {
                if (emissions.isEmpty()) {
                    mapped++;
                    left++;
                    return ask(documents.subList(0, 1), room);
                }
                break;
            }
        }
        // Rows of one document that have no room at all are the engine's to judge.
        return emissions.isEmpty() && room >= mostRoom ? ask(documents.subList(0, 1), room) : emissions;
    }

    private List<Emission> rows(byte[] document) {
        JsonNode read = DirectMap.document(document, members);
        List<Emission> rows = new ArrayList<>();
        long failed = 0;
        String error = lastError;
        for (int view = 0; view < maps.size(); view++) {
            if (failures.isFailed(view)) {
                continue;
            }
            try {
                for (DirectMap.Row row : maps.get(view).rows(read)) {
                    rows.add(new Emission(view, row.key(), row.value()));
                }
            } catch (ScriptErrorException e) {
                failed++;
                error = json(e.getMessage());
            }
        }
        errors += failed;
        lastError = error;
        return rows.isEmpty() ? List.of() : rows;
    }

    private static String json(@Nullable String message) {
        JsonBuffer json = new JsonBuffer().string(String.valueOf(message));
        return new String(json.toByteArray(), StandardCharsets.UTF_8);
    }

    private List<List<Emission>> ask(List<byte[]> documents, long room) {
        Mapper open = opened;
        if (open == null) {
            open = engine.get();
            opened = open;
        }
        long before = open.errors();
        List<List<Emission>> emissions = open.mapSome(documents, room);
        ended.addAll(open.ended());
        lastError = open.errors() == before ? lastError : open.lastError();
        return emissions;
    }

    @Override
    public long mostRoom() {
        return mostRoom;
    }

    @Override
    public List<Ended> ended() {
        return List.copyOf(ended);
    }

    @Override
    public long errors() {
        return errors + (opened == null ? 0 : opened.errors());
    }

    @Override
    public @Nullable String lastError() {
        return lastError;
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close();
        }
    }
}
