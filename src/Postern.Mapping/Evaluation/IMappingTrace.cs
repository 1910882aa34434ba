namespace Postern.Mapping.Evaluation;

/// <summary>Watches an evaluation step by step, for <c>postern test mapping</c> and the console.</summary>
public interface IMappingTrace
{
    void Add(MappingStep step);
}
