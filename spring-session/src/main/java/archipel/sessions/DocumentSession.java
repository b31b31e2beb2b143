package archipel.sessions;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.session.SaveMode;
import org.springframework.session.Session;
import org.springframework.session.SessionIdGenerator;

/** A session as one server has it, with what was changed of it since it was read. For one thread at a time. */
public final class DocumentSession implements Session {
    /** What the repository says of all sessions. */
    record Rules(SaveMode saveMode, SessionIdGenerator ids, InstantSource clock) {}

    private final Rules rules;
    private final Instant created;
    private final Map<String, Object> attributes = new HashMap<>();
    private final Set<String> changed = new HashSet<>();
    private String storedId;
    private String id;
    private Instant accessed;
    private Duration maxInactive;
    private boolean isNew;
    private boolean timesChanged;
    private boolean intervalChanged;
    private Runnable onChange = () -> {};

    DocumentSession(Rules rules, String id, Instant created, Instant accessed, Duration maxInactive, boolean isNew) {
        this.rules = rules;
        this.id = id;
        this.storedId = id;
        this.created = created;
        this.accessed = accessed;
        this.maxInactive = maxInactive;
        this.isNew = isNew;
    }

    /** Has something done after each change. */
    void onChange(Runnable listener) {
        onChange = listener;
    }

    /** An attribute as it is stored: made only when somebody asks for it, since it may not be readable any more. */
    private record Stored(AttributeCodec codec, byte[] bytes) {}

    /** As it was read. */
    void restore(String name, AttributeCodec codec, byte[] bytes) {
        attributes.put(name, new Stored(codec, bytes));
    }

    /** The id that its document has. */
    String storedId() {
        return storedId;
    }

    boolean isNew() {
        return isNew;
    }

    boolean isChanged() {
        return isNew || timesChanged || !changedAttributes().isEmpty() || !id.equals(storedId);
    }

    /** Names of the attributes that are to be written, or removed. */
    Set<String> changedAttributes() {
        if (rules.saveMode() != SaveMode.ALWAYS) {
            return changed;
        }
        Set<String> all = new HashSet<>(changed);
        // What nobody has asked for is as it was.
        attributes.forEach((name, value) -> {
            if (!(value instanceof Stored)) {
                all.add(name);
            }
        });
        return all;
    }

    /** @throws IllegalArgumentException where it cannot be read any more */
    @Nullable
    Object attribute(String name) {
        Object value = attributes.get(name);
        if (value instanceof Stored stored) {
            value = stored.codec.read(stored.bytes);
            attributes.put(name, value);
        }
        return value;
    }

    /** Its document is there; what was changed may not be in it. */
    void found() {
        isNew = false;
        timesChanged = true;
        intervalChanged = true;
    }

    /** Whether what is stored of the interval is to be replaced. */
    boolean isIntervalChanged() {
        return intervalChanged;
    }

    void saved() {
        storedId = id;
        isNew = false;
        timesChanged = false;
        intervalChanged = false;
        changed.clear();
    }

    @Override
    public String getId() {
        return id;
    }

    @Override
    public String changeSessionId() {
        id = rules.ids().generate();
        onChange.run();
        return id;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> @Nullable T getAttribute(String attributeName) {
        Object value = attribute(attributeName);
        if (value != null && rules.saveMode() == SaveMode.ON_GET_ATTRIBUTE) {
            changed.add(attributeName);
        }
        return (T) value;
    }

    @Override
    public Set<String> getAttributeNames() {
        return new HashSet<>(attributes.keySet());
    }

    @Override
    public void setAttribute(String attributeName, @Nullable Object attributeValue) {
        if (attributeValue == null) {
            attributes.remove(attributeName);
        } else {
            attributes.put(attributeName, attributeValue);
        }
        changed.add(attributeName);
        onChange.run();
    }

    @Override
    public void removeAttribute(String attributeName) {
        setAttribute(attributeName, null);
    }

    @Override
    public Instant getCreationTime() {
        return created;
    }

    @Override
    public void setLastAccessedTime(Instant lastAccessedTime) {
        accessed = lastAccessedTime;
        timesChanged = true;
        onChange.run();
    }

    @Override
    public Instant getLastAccessedTime() {
        return accessed;
    }

    @Override
    public void setMaxInactiveInterval(@Nullable Duration interval) {
        maxInactive = interval == null ? Duration.ZERO : interval;
        timesChanged = true;
        intervalChanged = true;
        onChange.run();
    }

    /** Negative for a session that does not expire. */
    @Override
    public Duration getMaxInactiveInterval() {
        return maxInactive;
    }

    @Override
    public boolean isExpired() {
        return !maxInactive.isNegative() && !rules.clock().instant().isBefore(accessed.plus(maxInactive));
    }
}
