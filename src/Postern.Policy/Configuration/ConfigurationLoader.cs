using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

public static class ConfigurationLoader
{
    public static ConfigurationResult Load(string directory, ISourceFiles files, IReadOnlyDictionary<string, string> environment, long version) => throw new NotSupportedException();
}
