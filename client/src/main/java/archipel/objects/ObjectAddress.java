package archipel.objects;

import java.io.Serializable;

/** Where an object's state is: {@code database/id}. */
public record ObjectAddress(String database, String id) implements Comparable<ObjectAddress>, Serializable {
    /** @throws IllegalArgumentException for anything but {@code database/id} */
    public static ObjectAddress parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash == text.length() - 1) {
            throw new IllegalArgumentException("an object's address is database/id, and not " + text);
        }
        return new ObjectAddress(text.substring(0, slash), text.substring(slash + 1));
    }

    @Override
    public int compareTo(ObjectAddress other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return database + "/" + id;
    }
}
