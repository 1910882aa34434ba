namespace Postern.Policy.Configuration;

public static class InitialConfiguration
{
    public static IEnumerable<InitialFile> Write(InitialConfigurationChoices choices) => throw new NotSupportedException();
}
