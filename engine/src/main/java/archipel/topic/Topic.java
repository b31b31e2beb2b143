package archipel.topic;

import archipel.command.Retention;
import archipel.command.TopicPlace;

/** A topic as the system group knows it. */
public record Topic(String name, TopicPlace place) {
    public int number() {
        return place.number();
    }

    public int group() {
        return place.group();
    }

    public Retention retention() {
        return place.retention();
    }
}
