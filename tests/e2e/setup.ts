import { collectResults } from './report';

export default collectResults;
