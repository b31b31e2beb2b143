package archipel.topics;

import archipel.blocks.BlockJson;
import archipel.command.Retention;
import archipel.document.JsonBuffer;
import archipel.topic.Message;
import archipel.topic.TopicState;

/** Topics and their messages as clients see them. */
final class TopicJson {
    private TopicJson() {}

    static JsonBuffer state(JsonBuffer json, TopicState state) {
        return json.ascii("\"first\":")
                .number(state.first())
                .ascii(",\"last\":")
                .number(state.last())
                .ascii(",\"messages\":")
                .number(state.count())
                .ascii(",\"bytes\":")
                .number(state.bytes());
    }

    static JsonBuffer retention(JsonBuffer json, Retention retention) {
        return json.ascii("\"retention\":{\"messages\":")
                .number(retention.messages())
                .ascii(",\"bytes\":")
                .number(retention.bytes())
                .ascii(",\"age\":")
                .number(retention.ageMs())
                .ascii('}');
    }

    /** A message with its number and time. */
    static JsonBuffer row(JsonBuffer json, Message message) {
        json.ascii("{\"id\":").number(message.number()).ascii(",\"time\":\"");
        json.ascii(BlockJson.time(message.timeMs())).ascii("\",\"message\":");
        return json.raw(message.json()).ascii('}');
    }

    /** Messages that are not kept any more. */
    static JsonBuffer missed(JsonBuffer json, long from, long to) {
        return json.ascii("{\"from\":")
                .number(from)
                .ascii(",\"to\":")
                .number(to)
                .ascii('}');
    }
}
